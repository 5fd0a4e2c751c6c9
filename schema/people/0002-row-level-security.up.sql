-- Who writes bills refers to people, who must stay meanwhile.
CALL protect_resource('people', 'people', seen_with => '{bills:create}',
                      held_with => '{bills:update,bills:update:own}');

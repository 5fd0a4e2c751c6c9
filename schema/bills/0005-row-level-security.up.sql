CALL protect_resource('bills', 'bills', owner => 'created_by');

ALTER TABLE bill_types ENABLE ROW LEVEL SECURITY;
ALTER TABLE bill_types FORCE ROW LEVEL SECURITY;
CREATE POLICY bill_types_select ON bill_types FOR SELECT
    USING ((SELECT may('bills:read', 'bills:create', 'bills:update',
                       'bills:update:own')));
CREATE POLICY bill_types_all ON bill_types USING ((SELECT may('*:*')));

-- The parts of a bill are seen by who sees the bill, and changed by who may
-- change it.
CALL protect_link('bill_actions',
    seen => $$EXISTS (SELECT FROM bills WHERE bills.id = bill_id)$$,
    changed => $$(SELECT may('bills:update'))
                 OR ((SELECT may('bills:update:own'))
                     AND EXISTS (SELECT FROM bills WHERE bills.id = bill_id
                                    AND bills.created_by = acting_user()))$$);
CALL protect_link('bill_cosponsors',
    seen => $$EXISTS (SELECT FROM bills WHERE bills.id = bill_id)$$,
    changed => $$(SELECT may('bills:update'))
                 OR ((SELECT may('bills:update:own'))
                     AND EXISTS (SELECT FROM bills WHERE bills.id = bill_id
                                    AND bills.created_by = acting_user()))$$);

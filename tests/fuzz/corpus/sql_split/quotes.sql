SELECT 'it''s; so', E'it\'; still' -- and
 'more\'', U&'\', "a;""b";
SELECT 2
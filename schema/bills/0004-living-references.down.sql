DROP TRIGGER bills_sponsor_update ON bills;
DROP TRIGGER bills_sponsor_insert ON bills;
DROP FUNCTION bill_sponsor_lives();
DROP TRIGGER permissions_delete ON permissions;
DROP TRIGGER roles_delete ON roles;
DROP TRIGGER people_delete ON people;
DROP FUNCTION wait_for_references();

DROP TABLE bills;
DROP FUNCTION bill_search();
DROP FUNCTION texts_within(text[], integer);

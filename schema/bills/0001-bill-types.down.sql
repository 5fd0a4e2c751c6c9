DROP TABLE bill_types;

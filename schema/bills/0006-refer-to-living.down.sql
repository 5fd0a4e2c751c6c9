DROP PROCEDURE refer_to_living(regclass, text, regclass);

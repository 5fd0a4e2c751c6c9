CALL unprotect('people');

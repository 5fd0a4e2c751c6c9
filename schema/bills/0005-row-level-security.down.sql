CALL unprotect('bill_cosponsors', 'bill_actions', 'bill_types', 'bills');

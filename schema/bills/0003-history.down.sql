DROP TABLE bill_cosponsors;
DROP TABLE bill_actions;

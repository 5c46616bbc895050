DROP INDEX replacement_case_desk;
DROP TABLE check_in_code;
DROP TABLE countersign;
DROP TABLE swap_order;

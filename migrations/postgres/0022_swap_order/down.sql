DROP INDEX replacement_case_desk;
DROP TABLE check_in_code;
DROP FUNCTION check_in_code_delete_guard();
DROP TABLE countersign;
DROP FUNCTION countersign_delete_guard();
DROP TABLE swap_order;
DROP FUNCTION swap_order_delete_guard();

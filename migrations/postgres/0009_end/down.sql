DROP TABLE brand_result;
DROP FUNCTION brand_result_delete_guard();
DROP TABLE brand_list;
DROP FUNCTION brand_list_delete_guard();
DROP TABLE suppression;
DROP FUNCTION suppression_delete_guard();
DROP TABLE observation;
DROP TABLE posting;

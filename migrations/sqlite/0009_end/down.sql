DROP TABLE brand_result;
DROP TABLE brand_list;
DROP TABLE suppression;
DROP TABLE observation;
DROP TABLE posting;

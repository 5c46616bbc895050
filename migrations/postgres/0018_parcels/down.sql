DROP TABLE parcel;
DROP FUNCTION parcel_delete_guard();

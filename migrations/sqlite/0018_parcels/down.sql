DROP TRIGGER parcel_no_delete;
DROP TABLE parcel;

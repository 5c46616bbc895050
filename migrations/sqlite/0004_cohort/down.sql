DROP TABLE exposure;
DROP TABLE revision;

DROP TABLE journal_tree;
DROP TABLE journal_leaf;
DROP TABLE journal_queue;
DROP TABLE journal_entry;

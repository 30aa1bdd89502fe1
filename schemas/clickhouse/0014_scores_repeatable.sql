ALTER TABLE weir.scores MODIFY SETTING non_replicated_deduplication_window = 0

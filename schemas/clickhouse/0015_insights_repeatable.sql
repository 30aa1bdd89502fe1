ALTER TABLE weir.insights MODIFY SETTING non_replicated_deduplication_window = 0

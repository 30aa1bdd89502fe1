ALTER TABLE weir.alerts MODIFY SETTING non_replicated_deduplication_window = 0

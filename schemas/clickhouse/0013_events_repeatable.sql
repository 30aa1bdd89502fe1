ALTER TABLE weir.events MODIFY SETTING non_replicated_deduplication_window = 0

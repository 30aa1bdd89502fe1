ALTER TABLE weir.dead_letters MODIFY SETTING non_replicated_deduplication_window = 0

ALTER TABLE weir.alert_transitions MODIFY SETTING non_replicated_deduplication_window = 0

"""Where orders go: adapters of brokers, each taking only what risk approved."""

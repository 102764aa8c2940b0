"""Programs that put a model into service; each is run by itself and imports only ``srgan``."""

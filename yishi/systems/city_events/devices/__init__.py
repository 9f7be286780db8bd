"""Sensors and cameras: what they measure and see becomes reports, over MQTT or HTTP."""

"""Buses from GTFS and GTFS-Realtime, of any city. May not know the dialogue, its texts, nor any one city."""

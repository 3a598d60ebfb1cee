"""GTFS-Realtime feeds of a moment: TripUpdates, VehiclePositions, Alerts.

Specification: https://gtfs.org/documentation/realtime/reference/
"""

from datetime import datetime

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from sandbox.transit.gtfs import clock
from sandbox.transit.movement import Run, position, runs_under_way
from sandbox.transit.network import Network

UNCERTAINTY_SECONDS = 30


def trip_updates(network: Network, now: datetime) -> bytes:
    """Predictions for every bus under way, a FeedMessage. Its timestamp is the moment, in whole seconds."""
    feed, moment = _feed(now), int(now.timestamp())
    for run in runs_under_way(network, now):
        update = _entity(feed, run).trip_update
        _describe(update.trip, update.vehicle, run)
        update.timestamp = moment
        for index in run.upcoming(moment):
            stop = update.stop_time_update.add(stop_sequence=index + 1, stop_id=run.pattern.platforms[index].id)
            stop.schedule_relationship = gtfs_rt.TripUpdate.StopTimeUpdate.SCHEDULED
            for event in (stop.arrival, stop.departure):
                event.time = run.actual[index]
                event.delay = run.actual[index] - run.scheduled[index]
                event.uncertainty = UNCERTAINTY_SECONDS
    return feed.SerializeToString()


def vehicle_positions(network: Network, now: datetime) -> bytes:
    """Where every bus under way is, a FeedMessage. Its timestamp is the moment, in whole seconds."""
    feed, moment = _feed(now), int(now.timestamp())
    for run in runs_under_way(network, now):
        vehicle = _entity(feed, run).vehicle
        _describe(vehicle.trip, vehicle.vehicle, run)
        where = position(run, moment)
        vehicle.position.latitude, vehicle.position.longitude = where.at
        vehicle.position.bearing, vehicle.position.speed = where.bearing, where.speed
        vehicle.current_stop_sequence = where.index + 1
        vehicle.stop_id = run.pattern.platforms[where.index].id
        vehicle.current_status = (
            gtfs_rt.VehiclePosition.STOPPED_AT if where.stands else gtfs_rt.VehiclePosition.IN_TRANSIT_TO
        )
        vehicle.timestamp = moment
    return feed.SerializeToString()


def alerts(network: Network, now: datetime) -> bytes:
    """The city's notices, a FeedMessage. Its timestamp is the moment, in whole seconds."""
    feed = _feed(now)
    for data in network.data.alerts:
        alert = feed.entity.add(id=data.id).alert
        for line in data.lines:
            alert.informed_entity.add(agency_id="bus", route_id=network.lines[line].data.route_id)
        for platform in network.platforms.values():
            if platform.stop.zh in data.stops:
                alert.informed_entity.add(stop_id=platform.id)
        alert.MergeFrom(gtfs_rt.Alert(cause=data.cause, effect=data.effect))
        for target, text in ((alert.header_text, data.header), (alert.description_text, data.description)):
            target.translation.add(text=text.zh_Hans, language="zh")
            target.translation.add(text=text.en, language="en")
    return feed.SerializeToString()


def _feed(now: datetime) -> gtfs_rt.FeedMessage:
    feed = gtfs_rt.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.incrementality = gtfs_rt.FeedHeader.FULL_DATASET
    feed.header.timestamp = int(now.timestamp())
    return feed


def _entity(feed: gtfs_rt.FeedMessage, run: Run) -> gtfs_rt.FeedEntity:
    return feed.entity.add(id=f"{run.trip_id}-{run.day:%Y%m%d}")


def _describe(trip: gtfs_rt.TripDescriptor, vehicle: gtfs_rt.VehicleDescriptor, run: Run) -> None:
    trip.trip_id = run.trip_id
    trip.route_id = run.pattern.route_id
    trip.direction_id = run.pattern.direction
    trip.start_date = f"{run.day:%Y%m%d}"
    trip.start_time = clock(run.pattern.departures[run.number])
    trip.schedule_relationship = gtfs_rt.TripDescriptor.SCHEDULED
    vehicle.id = run.vehicle
    vehicle.label = run.vehicle

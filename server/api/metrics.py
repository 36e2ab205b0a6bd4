"""Prometheus metrics of calls, queues and agents, read from the living state when they are asked for.

Without a sign-in, for a scraper has none: who may ask is a matter of its network (`[web] metrics_from`).
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.requests import HTTPConnection

from core.model import AgentState
from server.api.access import Deps, OwnRule
from server.api.errors import ApiError
from server.api.networks import is_in
from server.api.services import Services
from server.clock import SystemClock

router = APIRouter(include_in_schema=False, dependencies=[OwnRule])


@router.get("/metrics")
async def metrics(connection: HTTPConnection, deps: Deps) -> Response:
    peer = connection.client.host if connection.client else ""
    if not is_in(peer, deps.config.web.metrics_from):
        raise ApiError(403, "not_allowed", "Metrics are not for this network: see [web] metrics_from.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_State(deps))
    return Response(generate_latest(registry) + generate_latest(REQUESTS), media_type=CONTENT_TYPE_LATEST)


REQUESTS = CollectorRegistry()
REQUEST_SECONDS = Histogram(
    "patchbay_http_request_seconds", "Time to answer HTTP requests", ["method", "route", "status"], registry=REQUESTS
)


class _State:
    """A collector: one scrape, one picture."""

    def __init__(self, deps: Services) -> None:
        self._deps = deps

    def collect(self) -> Iterator[Metric]:
        yield from self._calls()
        yield from self._queues()
        yield from self._agents()
        yield from self._leadership()
        yield from self._fleet()
        yield from self._machinery()

    def _calls(self) -> Iterator[Metric]:
        calls = GaugeMetricFamily("patchbay_calls", "Calls by state", labels=["state"])
        for state, count in Tally(call.state for call in self._deps.live.calls.values()).items():
            calls.add_metric([state], count)
        yield calls

    def _queues(self) -> Iterator[Metric]:
        now = self._deps.clock.now()
        waiting = GaugeMetricFamily("patchbay_queue_waiting", "Work in line", labels=["queue"])
        oldest = GaugeMetricFamily("patchbay_queue_oldest_wait_seconds", "Longest present wait", labels=["queue"])
        level = GaugeMetricFamily("patchbay_queue_service_level", "Last 30 minutes, 0 to 1", labels=["queue"])
        offered = GaugeMetricFamily("patchbay_queue_offered_today", "Work that came in today", labels=["queue"])
        answered = GaugeMetricFamily("patchbay_queue_answered_today", "Work answered today", labels=["queue"])
        abandoned = GaugeMetricFamily("patchbay_queue_abandoned_today", "Callers who left today", labels=["queue"])
        for queue in self._deps.views.queues():
            name = [queue.queue_id]
            waiting.add_metric(name, queue.waiting)
            oldest.add_metric(name, now - queue.oldest_since if queue.oldest_since else 0.0)
            if queue.service_level is not None:
                level.add_metric(name, queue.service_level)
            offered.add_metric(name, queue.offered)
            answered.add_metric(name, queue.answered)
            abandoned.add_metric(name, queue.abandoned)
        yield from (waiting, oldest, level, offered, answered, abandoned)
        yield from self._estimates()

    def _estimates(self) -> Iterator[Metric]:
        expected = GaugeMetricFamily("patchbay_queue_expected_wait_seconds", "Of who joins now", labels=["queue", "quantile"])
        kept = GaugeMetricFamily("patchbay_queue_estimate_kept", "Waits today within the p90 told, 0 to 1", labels=["queue"])
        for queue in self._deps.views.queues():
            for quantile, seconds in (("0.5", queue.expected_wait_s), ("0.9", queue.expected_p90_s)):
                if seconds is not None:
                    expected.add_metric([queue.queue_id, quantile], seconds)
            if queue.calibration is not None:
                kept.add_metric([queue.queue_id], queue.calibration)
        yield from (expected, kept)

    def _agents(self) -> Iterator[Metric]:
        agents = GaugeMetricFamily("patchbay_agents", "Agents by state", labels=["state"])
        counts = Tally(agent.state for agent in self._deps.views.agents())
        for state in AgentState:
            agents.add_metric([str(state)], counts[state])
        yield agents

    def _leadership(self) -> Iterator[Metric]:
        acd = self._deps.acd
        leader = GaugeMetricFamily("patchbay_acd_leader", "Who leads the queues, as this process sees it", labels=["owner"])
        if acd.leader.owner:
            leader.add_metric([acd.leader.owner], 1)
        leads = GaugeMetricFamily("patchbay_acd_leads", "Whether this process leads the queues", value=int(acd.leads))
        terms = CounterMetricFamily("patchbay_acd_terms", "Leaders of the queues so far", value=acd.leader.token)
        lost = CounterMetricFamily("patchbay_acd_lease_lost", "Terms of this process that another one ended", value=acd.lost)
        failures = CounterMetricFamily("patchbay_acd_failures", "Inputs the engine failed on in this process", value=acd.failures)
        lag = GaugeMetricFamily("patchbay_acd_follower_lag_seconds", "Age of the last step when it came here", value=acd.lag_s)
        ahead_s = self._deps.clock.now() - SystemClock().now()
        ahead = GaugeMetricFamily(
            "patchbay_clock_ahead_seconds", "Deadlines ahead of the wall clock, after a jump", value=ahead_s
        )
        yield from (leader, leads, terms, lost, failures, lag, ahead)

    def _fleet(self) -> Iterator[Metric]:
        legs = GaugeMetricFamily("patchbay_node_legs", "Legs on a media node", labels=["node"])
        most = GaugeMetricFamily("patchbay_node_max_legs", "Legs a media node may have", labels=["node"])
        lag = GaugeMetricFamily("patchbay_node_loop_lag_seconds", "Event loop lag of a media node", labels=["node"])
        claim = GaugeMetricFamily("patchbay_node_claim_wait_seconds", "Longest wait of a caller for control", labels=["node"])
        refused = CounterMetricFamily("patchbay_node_refused", "Refused calls by cause", labels=["node", "cause"])
        sip = CounterMetricFamily("patchbay_node_sip_refused", "SIP requests refused, by status", labels=["node", "status"])
        open_now = GaugeMetricFamily("patchbay_node_sip_connections", "Connections open to the SIP stack", labels=["node"])
        ended = CounterMetricFamily(
            "patchbay_node_sip_connections_ended", "Connections that the SIP stack ended or refused", labels=["node", "reason"]
        )
        dropped = CounterMetricFamily(
            "patchbay_node_dropped_packets", "Browsers' datagrams that came to nothing", labels=["node", "reason"]
        )
        for beat in self._deps.fleet.nodes.values():
            legs.add_metric([beat.node_id], beat.legs)
            most.add_metric([beat.node_id], beat.max_legs)
            lag.add_metric([beat.node_id], beat.loop_lag_ms / 1000)
            claim.add_metric([beat.node_id], beat.claim_wait_ms / 1000)
            for cause, count in beat.refused.items():
                refused.add_metric([beat.node_id, cause], count)
            for status, count in beat.sip_refused.items():
                sip.add_metric([beat.node_id, status], count)
            open_now.add_metric([beat.node_id], beat.connections)
            for reason, count in beat.connections_ended.items():
                ended.add_metric([beat.node_id, reason], count)
            for reason, count in beat.dropped_packets.items():
                dropped.add_metric([beat.node_id, reason], count)
        yield from (legs, most, lag, claim, refused, sip, open_now, ended, dropped)
        yield from self._trunks()
        yield from self._recognizers()

    def _trunks(self) -> Iterator[Metric]:
        labels = ["node", "trunk"]
        up = GaugeMetricFamily("patchbay_trunk_up", "Whether a trunk answers a node: 1, 0; none that is not asked", labels=labels)
        round_trip = GaugeMetricFamily("patchbay_trunk_round_trip_seconds", "Of its last answer", labels=labels)
        calls = GaugeMetricFamily("patchbay_trunk_calls", "Calls on it now", labels=labels)
        for beat in self._deps.fleet.nodes.values():
            for trunk in beat.trunks:
                names = [beat.node_id, trunk.trunk_id]
                calls.add_metric(names, trunk.calls)
                if trunk.state != "unknown":
                    up.add_metric(names, int(trunk.state == "up"))
                if trunk.round_trip_ms is not None:
                    round_trip.add_metric(names, trunk.round_trip_ms / 1000)
        yield from (up, round_trip, calls)

    def _recognizers(self) -> Iterator[Metric]:
        streams = GaugeMetricFamily("patchbay_asr_streams", "Legs being transcribed", labels=["worker"])
        load = GaugeMetricFamily("patchbay_asr_load", "Share of the decoding budget in use", labels=["worker"])
        dropped = CounterMetricFamily("patchbay_asr_dropped_packets", "Sound refused or not followed", labels=["worker"])
        lost = CounterMetricFamily("patchbay_asr_lost_packets", "Sound that never came to a recognizer", labels=["worker"])
        for worker in self._deps.fleet.workers.values():
            streams.add_metric([worker.worker_id], worker.streams)
            load.add_metric([worker.worker_id], worker.load)
            dropped.add_metric([worker.worker_id], worker.dropped_packets)
            lost.add_metric([worker.worker_id], worker.lost_packets)
        yield from (streams, load, dropped, lost)

    def _machinery(self) -> Iterator[Metric]:
        processes = GaugeMetricFamily("patchbay_processes", "Living processes of each role", labels=["role"])
        for role, count in self._deps.processes.by_role().items():
            processes.add_metric([role], count)
        lag = GaugeMetricFamily("patchbay_dispatcher_lag_seconds", "Age of the event in hand", labels=["service"])
        for service, seconds in self._deps.processes.lag_s().items():
            lag.add_metric([service], seconds)
        failures = CounterMetricFamily("patchbay_dispatcher_failures", "Events that a service failed on", labels=["service"])
        for service, count in self._deps.processes.failures().items():
            failures.add_metric([service], count)
        handled = CounterMetricFamily("patchbay_events", "Events read from the stream")
        handled.add_metric([], self._deps.processes.handled())
        malformed = CounterMetricFamily("patchbay_bus_malformed", "Entries on the bus that were no message")
        malformed.add_metric([], self._deps.bus.malformed)
        screens = GaugeMetricFamily("patchbay_live_connections", "Screens connected to the live view")
        screens.add_metric([], self._deps.live.connections)
        connections = GaugeMetricFamily("patchbay_web_connections", "Open connections to the web server")
        connections.add_metric([], self._deps.admission.open)
        too_many = CounterMetricFamily("patchbay_web_connections_refused", "Connections of networks that had too many")
        too_many.add_metric([], self._deps.admission.refused)
        yield from (connections, too_many)
        behind = GaugeMetricFamily("patchbay_acd_history_waiting", "Inputs of the ACD not yet in the database")
        behind.add_metric([], self._deps.history.waiting)
        dropped = CounterMetricFamily("patchbay_acd_history_dropped", "Inputs of the ACD that replays will miss")
        dropped.add_metric([], self._deps.history.dropped)
        aside = CounterMetricFamily("patchbay_dead_letters", "Messages set aside by this process", labels=["stage", "part"])
        for (stage, part), count in self._deps.letters.counts.items():
            aside.add_metric([stage, part], count)
        waiting = GaugeMetricFamily("patchbay_dead_letters_waiting", "Messages set aside that nobody has settled")
        waiting.add_metric([], self._deps.dead_letters.waiting)
        missing = GaugeMetricFamily("patchbay_live_missing", "Things that the live view cannot show")
        missing.add_metric([], self._deps.live.missing)
        yield from (processes, aside, waiting, missing)
        yield from (lag, failures, handled, malformed, screens, behind, dropped)

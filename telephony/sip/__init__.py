"""The SIP and media engine: everything that touches pjsua2 and our native ports. Outside, see telephony.media_engine."""

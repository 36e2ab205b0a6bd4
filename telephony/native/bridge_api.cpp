// The bridge behind pjmedia's own interface (pjmedia/conference.h): as much of it as pjsua-lib and pjsua2 call.
//
// config_site.h has pjmedia's three bridges compiled to nothing, and these functions take their place when the module is linked.
#include <pjmedia.h>

#include <new>

#include "bridge.hpp"

static_assert(PJMEDIA_CONF_BACKEND != PJMEDIA_CONF_SERIAL_BRIDGE_BACKEND &&
                  PJMEDIA_CONF_BACKEND != PJMEDIA_CONF_SWITCH_BOARD_BACKEND &&
                  PJMEDIA_CONF_BACKEND != PJMEDIA_CONF_PARALLEL_BRIDGE_BACKEND,
              "pjmedia was built with a bridge of its own");

struct pjmedia_conf {
    patchbay::Bridge bridge;
};

extern "C" {

pj_status_t pjmedia_conf_create2(pj_pool_t *pool, const pjmedia_conf_param *param, pjmedia_conf **conf) {
    PJ_ASSERT_RETURN(pool && param && conf && param->max_slots > 0 && param->samples_per_frame > 0, PJ_EINVAL);
    PJ_ASSERT_RETURN(param->bits_per_sample == 16 && param->sampling_rate > 0, PJ_EINVAL);
    if (param->channel_count != 1) return PJMEDIA_ENCCHANNEL;
    if ((param->options & PJMEDIA_CONF_NO_DEVICE) == 0) return PJ_ENOTSUP;  // no sound card
    *conf = new (std::nothrow) pjmedia_conf{patchbay::Bridge(pool->factory, *param)};
    return *conf ? PJ_SUCCESS : PJ_ENOMEM;
}

pj_status_t pjmedia_conf_destroy(pjmedia_conf *conf) {
    PJ_ASSERT_RETURN(conf, PJ_EINVAL);
    delete conf;
    return PJ_SUCCESS;
}

pjmedia_port *pjmedia_conf_get_master_port(pjmedia_conf *conf) { return conf ? conf->bridge.clock_port() : nullptr; }

pj_status_t pjmedia_conf_set_port0_name(pjmedia_conf *conf, const pj_str_t *name) {
    PJ_ASSERT_RETURN(conf && name, PJ_EINVAL);
    conf->bridge.name_clock_port(*name);
    return PJ_SUCCESS;
}

pj_status_t pjmedia_conf_set_op_cb(pjmedia_conf *conf, pjmedia_conf_op_cb callback) {
    PJ_ASSERT_RETURN(conf, PJ_EINVAL);
    conf->bridge.on_operation(callback, conf);
    return PJ_SUCCESS;
}

pj_status_t pjmedia_conf_add_port(pjmedia_conf *conf, pj_pool_t *pool, pjmedia_port *port, const pj_str_t *name,
                                  unsigned *slot) {
    PJ_ASSERT_RETURN(conf && pool && port, PJ_EINVAL);
    unsigned given = 0;
    const pj_status_t status = conf->bridge.add(pool, port, name ? *name : port->info.name, given);
    if (status == PJ_SUCCESS && slot) *slot = given;
    return status;
}

pj_status_t pjmedia_conf_remove_port(pjmedia_conf *conf, unsigned slot) {
    PJ_ASSERT_RETURN(conf, PJ_EINVAL);
    return conf->bridge.remove(slot);
}

pj_status_t pjmedia_conf_connect_port(pjmedia_conf *conf, unsigned source, unsigned sink, int level) {
    PJ_ASSERT_RETURN(conf, PJ_EINVAL);
    return conf->bridge.connect(source, sink, level);
}

pj_status_t pjmedia_conf_disconnect_port(pjmedia_conf *conf, unsigned source, unsigned sink) {
    PJ_ASSERT_RETURN(conf, PJ_EINVAL);
    return conf->bridge.disconnect(source, sink);
}

pj_status_t pjmedia_conf_configure_port(pjmedia_conf *conf, unsigned slot, pjmedia_port_op tx, pjmedia_port_op rx) {
    PJ_ASSERT_RETURN(conf, PJ_EINVAL);
    return conf->bridge.configure(slot, tx, rx);
}

pj_status_t pjmedia_conf_adjust_rx_level(pjmedia_conf *conf, unsigned slot, int level) {
    PJ_ASSERT_RETURN(conf && level >= -patchbay::AS_IT_IS, PJ_EINVAL);
    level += patchbay::AS_IT_IS;
    return conf->bridge.adjust(slot, nullptr, &level);
}

pj_status_t pjmedia_conf_adjust_tx_level(pjmedia_conf *conf, unsigned slot, int level) {
    PJ_ASSERT_RETURN(conf && level >= -patchbay::AS_IT_IS, PJ_EINVAL);
    level += patchbay::AS_IT_IS;
    return conf->bridge.adjust(slot, &level, nullptr);
}

pj_status_t pjmedia_conf_get_signal_level(pjmedia_conf *conf, unsigned slot, unsigned *tx, unsigned *rx) {
    PJ_ASSERT_RETURN(conf, PJ_EINVAL);
    return conf->bridge.levels(slot, tx, rx);
}

pj_status_t pjmedia_conf_get_port_info(pjmedia_conf *conf, unsigned slot, pjmedia_conf_port_info *info) {
    PJ_ASSERT_RETURN(conf && info, PJ_EINVAL);
    return conf->bridge.describe(slot, *info);
}

pj_status_t pjmedia_conf_enum_ports(pjmedia_conf *conf, unsigned slots[], unsigned *count) {
    PJ_ASSERT_RETURN(conf && slots && count, PJ_EINVAL);
    *count = conf->bridge.slots_in_use(slots, *count);
    return PJ_SUCCESS;
}

unsigned pjmedia_conf_get_connect_count(pjmedia_conf *conf) { return conf ? conf->bridge.connections() : 0; }

}  // extern "C"

//! A phone that attaches at the HLR over GSUP, and the switch that it does so at.

pub use simrecall_gateway::sandbox::phone::{
    Attach, CardAnswer, Cause, Domain, Phone, Switch, Told, Vector, auc_gen,
};

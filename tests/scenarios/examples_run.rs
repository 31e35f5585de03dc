//! The examples of the guide run.

#[path = "../../examples/own_potential.rs"]
mod own_potential;
#[path = "../../examples/own_scheme.rs"]
mod own_scheme;
#[path = "../../examples/read_result.rs"]
mod read_result;
#[path = "../../examples/sample_flow.rs"]
mod sample_flow;
#[path = "../../examples/solve_grid.rs"]
mod solve_grid;

#[test]
fn examples_run() {
    sample_flow::main();
    own_potential::main();
    own_scheme::main();
    solve_grid::main();
    read_result::main();
}

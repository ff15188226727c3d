//! What takes the place of the standard library in the `.wasm` that ships, and in nothing else: an allocator of a tenth
//! of the size, and a panic that only stops. A Rust program keeps its own.

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Words about the panic could be shown to nobody. The trap ends the instance, which `pkg/src/instance.ts` sees.
/// In the second `.wasm` the standard library stops as well: a crate under `vsss-rs` brings it, whatever we ask for.
#[cfg(not(feature = "sealing-file"))]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

//! What takes the place of the standard library in the `.wasm` that ships: an allocator of a tenth of the size, and
//! a panic that only stops. Both are for that file alone; a Rust program keeps its own.

use core::panic::PanicInfo;

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Words about the panic could be shown to nobody. The trap ends the instance, which `pkg/src/instance.ts` sees.
#[panic_handler]
fn stop(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

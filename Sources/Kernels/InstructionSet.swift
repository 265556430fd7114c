import CKernels

/// The kernels of one instruction set, as the C dispatch table holds them.
@safe public struct InstructionSet: Sendable {
  // SAFETY: points to a constant table that lives as long as the program.
  private nonisolated(unsafe) let table: UnsafePointer<f32_kernels>

  /// `avx512`, `avx2`, `neon` or `portable`.
  public let name: String

  /// The best instruction set of this processor.
  public static let best: InstructionSet = {
    // The C side always has the portable kernels, so a nil here is a mistake of ours.
    guard let best = InstructionSet(optionalName: nil) else {
      preconditionFailure("no portable kernels were built in")
    }
    return best
  }()

  /// The instruction set named `name`, or nil when this build or processor lacks it.
  public init?(named name: String) { self.init(optionalName: name) }

  private init?(optionalName name: String?) {
    // SAFETY: the function reads the string during the call only and returns static memory.
    let found =
      if let name { unsafe name.withCString { unsafe f32_kernels_for($0) } } else {
        unsafe f32_kernels_for(nil)
      }
    guard let found = unsafe found else { return nil }
    unsafe table = found
    self.name = unsafe String(cString: found.pointee.name)
  }

  /// Every instruction set that runs here, best first.
  public static var available: [InstructionSet] {
    ["avx512", "avx2", "neon", "portable"].compactMap(InstructionSet.init(named:))
  }

  /// Rows of the largest GEMM tile.
  var tileRows: Int { unsafe table.pointee.tile_rows }
  /// Columns of a packed panel.
  var panelWidth: Int { unsafe table.pointee.panel_width }

  @unsafe func gemm(_ arguments: inout f32_gemm) { unsafe table.pointee.gemm(&arguments) }
  @unsafe func maxPool(_ arguments: inout f32_max_pool) {
    unsafe table.pointee.max_pool(&arguments)
  }
  @unsafe func lrn(_ arguments: inout f32_lrn) { unsafe table.pointee.lrn(&arguments) }
  @unsafe func dot(_ arguments: inout f32_dot) { unsafe table.pointee.dot(&arguments) }

  @unsafe func winogradInput(_ arguments: inout f32_winograd_input, extent: Int) {
    if extent == 6 {
      unsafe table.pointee.winograd_input_6(&arguments)
    } else {
      unsafe table.pointee.winograd_input_8(&arguments)
    }
  }

  @unsafe func winogradOutput(_ arguments: inout f32_winograd_output, extent: Int) {
    if extent == 6 {
      unsafe table.pointee.winograd_output_6(&arguments)
    } else {
      unsafe table.pointee.winograd_output_8(&arguments)
    }
  }
}

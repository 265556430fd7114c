import CKernels
import CProcessor

/// The kernels of one instruction set, as the C dispatch table holds them.
@safe public struct InstructionSet: Sendable {
  // SAFETY: points to a constant table that lives as long as the program.
  private nonisolated(unsafe) let table: UnsafePointer<f32_kernels>
  private nonisolated(unsafe) let byteTable: UnsafePointer<u8s8_kernels>
  private nonisolated(unsafe) let bfloat16Table: UnsafePointer<bf16_kernels>
  private nonisolated(unsafe) let sparseByteTable: UnsafePointer<s8u8_sparse_kernels>?

  /// `avx512`, `avx2`, `neon` or `portable`.
  public let name: String

  /// The instruction set that the environment variable `ALEXNET_ISA` names, if this build and this
  /// processor have it; otherwise the best one.
  public static let best: InstructionSet = {
    // SAFETY: the function returns a name that lives as long as the program.
    guard let best = InstructionSet(named: unsafe String(cString: processor_isa())) else {
      // The name always belongs to this processor, whatever ALEXNET_ISA is, and a build has kernels
      // for every name of its processor family.
      preconditionFailure("this build has no kernels for an instruction set of its processor")
    }
    return best
  }()

  /// The value of `ALEXNET_ISA`; nil if it is not set or empty.
  public static let requested: String? = {
    // SAFETY: the name is in the environment, which nothing in this program changes.
    unsafe processor_requested_isa().map { unsafe String(cString: $0) }
  }()

  /// The instruction set named `name`, or nil when this build or processor lacks it.
  public init?(named name: String) {
    // SAFETY: the functions read the string during the call only and return static memory.
    guard let found = unsafe name.withCString({ unsafe f32_kernels_for($0) }) else { return nil }
    guard let bytes = unsafe u8s8_kernels_for(found.pointee.name) else { return nil }
    guard let bfloat16 = unsafe bf16_kernels_for(found.pointee.name) else { return nil }
    unsafe table = found
    unsafe byteTable = bytes
    unsafe bfloat16Table = bfloat16
    unsafe sparseByteTable = s8u8_sparse_kernels_for(found.pointee.name)
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

  @unsafe func winogradWeights(_ arguments: inout f32_winograd_weights, extent: Int) {
    if extent == 6 {
      unsafe table.pointee.winograd_weights_6(&arguments)
    } else {
      unsafe table.pointee.winograd_weights_8(&arguments)
    }
  }

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

  /// Whether products with sparse matrices read listed rows, not masks.
  var sparseReadsRows: Bool { unsafe table.pointee.sparse_rows != 0 }
  @unsafe func sparse(_ arguments: inout f32_sparse) { unsafe table.pointee.sparse(&arguments) }
  @unsafe func sparse16(_ arguments: inout f32_sparse) {
    unsafe table.pointee.sparse_x16(&arguments)
  }

  /// The sum of `values`; reading them is what takes the time.
  public func sum(_ values: Span<Float>) -> Float {
    // SAFETY: the kernel reads inside the span, during the call only.
    unsafe values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return 0 }
      return unsafe table.pointee.read(base, values.count)
    }
  }

  /// Does `rounds` rounds of independent multiply-adds in registers, and returns how many there
  /// were: exactly, up to 10 000 rounds.
  public func peak(_ arithmetic: MachinePeak.Arithmetic, rounds: Int) -> Int {
    let rounds = UInt64(rounds)
    // SAFETY: the tables are constant, and have no empty entries.
    return switch arithmetic {
    case .float32: unsafe Int(table.pointee.peak(rounds))
    case .bfloat16: unsafe Int(bfloat16Table.pointee.peak(rounds))
    case .int8: unsafe Int(byteTable.pointee.peak(rounds))
    }
  }

  /// Multiply-adds of one round of ``peak(_:rounds:)``.
  public func peakMultiplyAdds(_ arithmetic: MachinePeak.Arithmetic) -> Int {
    // SAFETY: as above.
    switch arithmetic {
    case .float32: unsafe Int(table.pointee.peak_multiply_adds)
    case .bfloat16: unsafe Int(bfloat16Table.pointee.peak_multiply_adds)
    case .int8: unsafe Int(byteTable.pointee.peak_multiply_adds)
    }
  }

  /// Rows of the largest tile of 8-bit products.
  var byteTileRows: Int { unsafe byteTable.pointee.tile_rows }
  /// Tiles of the largest block that 8-bit Winograd multiplies.
  var byteWinogradRows: Int { unsafe byteTable.pointee.winograd_rows }
  /// Columns of a packed panel of 8-bit weights or activations.
  var bytePanelWidth: Int { unsafe byteTable.pointee.panel_width }

  @unsafe func convolution(_ arguments: inout u8s8_convolution) {
    unsafe byteTable.pointee.convolution(&arguments)
  }
  @unsafe func winograd(_ arguments: inout u8s8_winograd) {
    unsafe byteTable.pointee.winograd(&arguments)
  }
  @unsafe func winogradWeights(_ arguments: inout u8s8_winograd_weights) {
    unsafe byteTable.pointee.winograd_weights(&arguments)
  }
  @unsafe func winogradInput(_ arguments: inout u8_winograd_input) {
    unsafe byteTable.pointee.winograd_input(&arguments)
  }
  @unsafe func product(_ arguments: inout s8u8_product) {
    unsafe byteTable.pointee.product(&arguments)
  }
  @unsafe func dot(_ arguments: inout s8u8_dot) { unsafe byteTable.pointee.dot(&arguments) }
  @unsafe func maxPool(_ arguments: inout u8_max_pool) {
    unsafe byteTable.pointee.max_pool(&arguments)
  }
  @unsafe func lrn(_ arguments: inout u8_lrn) { unsafe byteTable.pointee.lrn(&arguments) }
  @unsafe func quantize(_ arguments: inout u8_quantization) {
    unsafe byteTable.pointee.quantize(&arguments)
  }
  @unsafe func toBytes(_ arguments: inout u8_conversion) {
    unsafe byteTable.pointee.to_bytes(&arguments)
  }
  @unsafe func toPanel(_ arguments: inout u8_panel) {
    unsafe byteTable.pointee.to_panel(&arguments)
  }

  /// Whether there are kernels for products of sparse matrices with bytes.
  var hasSparseBytes: Bool { unsafe sparseByteTable != nil }
  @unsafe func nonzero(
    _ bytes: UnsafePointer<UInt8>, count: Int, _ positions: UnsafeMutablePointer<UInt32>
  ) -> Int {
    unsafe sparseByteTable?.pointee.nonzero(bytes, count, positions) ?? 0
  }
  @unsafe func sparse(_ arguments: inout s8u8_sparse) {
    unsafe sparseByteTable?.pointee.sparse(&arguments)
  }
  @unsafe func sparseSums(_ arguments: inout s8u8_sparse_sums) {
    unsafe sparseByteTable?.pointee.sums(&arguments)
  }

  /// Rows of the largest tile of bfloat16 products.
  var bfloat16TileRows: Int { unsafe bfloat16Table.pointee.tile_rows }
  /// Columns of a panel of bfloat16 values.
  var bfloat16PanelWidth: Int { unsafe bfloat16Table.pointee.panel_width }

  @unsafe func product(_ arguments: inout bf16_product) {
    unsafe bfloat16Table.pointee.product(&arguments)
  }
  @unsafe func dot(_ arguments: inout bf16_dot) { unsafe bfloat16Table.pointee.dot(&arguments) }
  @unsafe func toPanel(_ arguments: inout bf16_panel) {
    unsafe bfloat16Table.pointee.to_panel(&arguments)
  }
  /// Rounds values to bfloat16.
  @unsafe func round(
    _ values: UnsafePointer<Float>, _ rounded: UnsafeMutablePointer<UInt16>, count: Int
  ) {
    var conversion = unsafe bf16_conversion()
    unsafe conversion.values = values
    unsafe conversion.rounded = rounded
    unsafe conversion.count = count
    unsafe bfloat16Table.pointee.round(&conversion)
  }
}

import CKernels

/// The kernels for searching rows of features of one instruction set, as the C table holds them.
@safe struct SearchKernels: Sendable {
  // SAFETY: points to a constant table that lives as long as the program.
  private nonisolated(unsafe) let table: UnsafePointer<search_kernels>

  init(_ kernels: InstructionSet) {
    // SAFETY: the function reads the name during the call only and returns static memory.
    let found = unsafe kernels.name.withCString { unsafe search_kernels_for($0) }
    // The C side has a table for each name that an instruction set can have.
    guard let found = unsafe found else {
      preconditionFailure("no search kernels were built in for \(kernels.name)")
    }
    unsafe table = found
  }

  @unsafe func dots(_ arguments: inout s8_dots) { unsafe table.pointee.s8_dots(&arguments) }
  @unsafe func dots(_ arguments: inout f16_dots) { unsafe table.pointee.f16_dots(&arguments) }
  @unsafe func bounds(_ arguments: inout search_bounds) {
    unsafe table.pointee.bounds(&arguments)
  }

  /// The positions of the values that are at least `limit`, in rising order.
  func positions(in values: Span<Float>, atLeast limit: Float) -> [UInt32] {
    // SAFETY: the kernel reads the span and writes at most as many positions as it has values.
    unsafe values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return [] }
      return unsafe Array(unsafeUninitializedCapacity: values.count) { positions, count in
        guard let target = positions.baseAddress else { return }
        count = unsafe table.pointee.at_least(base, values.count, limit, target)
      }
    }
  }
}

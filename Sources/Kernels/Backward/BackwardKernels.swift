import CKernels

/// The training kernels of one instruction set, as the C table holds them.
@safe struct BackwardKernels: Sendable {
  // SAFETY: points to a constant table that lives as long as the program.
  private nonisolated(unsafe) let table: UnsafePointer<f32_backward_kernels>

  init(_ kernels: InstructionSet) {
    // SAFETY: the function reads the name during the call only and returns static memory.
    let found = unsafe kernels.name.withCString { unsafe f32_backward_kernels_for($0) }
    // The C side has a table for each name that an instruction set can have.
    guard let found = unsafe found else {
      preconditionFailure("no training kernels were built in for \(kernels.name)")
    }
    unsafe table = found
  }

  @unsafe func gemmTN(_ arguments: inout f32_gemm_tn) {
    unsafe table.pointee.gemm_tn(&arguments)
  }

  @unsafe func winogradGradient(_ arguments: inout f32_winograd_gradient, extent: Int) {
    if extent == 6 {
      unsafe table.pointee.winograd_gradient_6(&arguments)
    } else {
      unsafe table.pointee.winograd_gradient_8(&arguments)
    }
  }

  @unsafe func winogradWindow(_ arguments: inout f32_winograd_window, extent: Int) {
    if extent == 6 {
      unsafe table.pointee.winograd_window_6(&arguments)
    } else {
      unsafe table.pointee.winograd_window_8(&arguments)
    }
  }

  @unsafe func maxPoolBackward(_ arguments: inout f32_max_pool_backward) {
    unsafe table.pointee.max_pool_backward(&arguments)
  }
  @unsafe func lrnBackward(_ arguments: inout f32_lrn_backward) {
    unsafe table.pointee.lrn_backward(&arguments)
  }
  @unsafe func reluBackward(_ arguments: inout f32_relu_backward) {
    unsafe table.pointee.relu_backward(&arguments)
  }
  @unsafe func channelSums(_ arguments: inout f32_channel_sums) {
    unsafe table.pointee.channel_sums(&arguments)
  }
  @unsafe func channelAffine(_ arguments: inout f32_channel_affine) {
    unsafe table.pointee.channel_affine(&arguments)
  }
  @unsafe func descend(_ arguments: inout f32_descent) {
    unsafe table.pointee.descend(&arguments)
  }
}

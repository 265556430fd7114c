import CKernels
public import Threads

extension FloatBuffer {
  /// The sum of the squares of all values, split over `pool`.
  ///
  /// Squares are added up in float32, 64 at most, and these sums in double precision. The result
  /// does not depend on the number of threads.
  public func squareSum(pool: WorkerPool, kernels: InstructionSet = .best) -> Double {
    let backward = BackwardKernels(kernels)
    // A part is added up as if it were pixels of many channels.
    let (channels, pixels) = (256, 64)
    let part = channels * pixels
    let sums = Buffer<Double>(count: (count + part - 1) / part)
    // SAFETY: every part lies inside the buffer; tasks write disjoint sums.
    unsafe pool.runUnchecked(sums.count) { task in
      let start = task * part
      let values = min(part, count - start)
      unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * channels) { memory in
        guard let memory = memory.baseAddress else { return }
        unsafe memory.initialize(repeating: 0, count: 2 * channels)
        let whole = values / channels
        for (first, pixels, width) in [
          (0, whole, channels), (whole * channels, 1, values - whole * channels),
        ] where pixels * width > 0 {
          var square = unsafe f32_channel_sums()
          unsafe square.a = UnsafePointer(base + start + first)
          unsafe square.b = UnsafePointer(base + start + first)
          unsafe square.pixels = pixels
          unsafe square.channels = width
          unsafe square.sums = memory
          unsafe square.products = memory + channels
          unsafe backward.channelSums(&square)
        }
        for index in channels..<2 * channels {
          unsafe sums.base[task] += Double(memory[index])
        }
      }
    }
    return sums.values(0..<sums.count).reduce(0, +)
  }
}

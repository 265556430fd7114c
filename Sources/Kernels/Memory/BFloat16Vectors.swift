import CKernels
import Threads

/// Vectors of bfloat16 for a batch of images, as fully connected layers of such weights read them.
///
/// For one image, the memory has the vector. For several, it has panels
/// `[ceil(images / width)][ceil(length / 2)][width][2]`, where image `i` is column `i % width` of
/// panel `i / width`. If `length` is odd, the value after the last one is 0.
@safe struct BFloat16Vectors {
  let images: Int
  let length: Int
  let width: Int
  let base: UnsafeMutablePointer<UInt16>
  private let kernels: InstructionSet

  /// Calls `body` with the first `images` vectors of `vectors`, rounded; it must not keep them.
  static func withRounded(
    _ vectors: FeatureVectors, images: Int, kernels: InstructionSet, pool: WorkerPool,
    _ body: (BFloat16Vectors) -> Void
  ) {
    let width = vectors.images == 1 ? 1 : kernels.bfloat16PanelWidth
    let count = panel_count(vectors.images, width) * bf16_panel_size(vectors.length, width)
    // SAFETY: the memory is as large as the vectors, and theirs until `body` returns.
    unsafe pool.scratch.withValues(of: UInt16.self, count) { base in
      let rounded = unsafe BFloat16Vectors(
        images: vectors.images, length: vectors.length, width: width, base: base, kernels: kernels)
      rounded.round(vectors, images: images, pool: pool)
      body(rounded)
    }
  }

  /// Values of a panel, or of the one vector.
  var panelSize: Int { bf16_panel_size(length, width) }

  /// Writes the first `images` vectors of `vectors`, rounded.
  private func round(_ vectors: FeatureVectors, images: Int, pool: WorkerPool) {
    precondition(vectors.length == length && (vectors.lanes == 1) == (width == 1))
    precondition(images <= self.images && images <= vectors.images)
    guard width > 1 else {
      // SAFETY: both hold `length` values.
      unsafe kernels.round(UnsafePointer(vectors.base), base, count: length)
      return
    }
    let panelsABlock = vectors.lanes / width
    let panels = (images + width - 1) / width
    // An even number of rows to a task.
    let rows = 512
    let parts = (length + rows - 1) / rows
    unsafe pool.runUnchecked(panels * parts) { task in
      let (index, part) = task.quotientAndRemainder(dividingBy: parts)
      let (block, column) = index.quotientAndRemainder(dividingBy: panelsABlock)
      let first = part * rows
      // SAFETY: a block of vectors holds `lanes` columns, a multiple of the panel's; tasks write
      // disjoint pairs.
      var panel = unsafe bf16_panel()
      unsafe panel.values = UnsafePointer(
        vectors.base + (block * length + first) * vectors.lanes + column * width)
      unsafe panel.value_stride = vectors.lanes
      unsafe panel.length = min(rows, length - first)
      unsafe panel.panel = base + index * panelSize + first * width
      unsafe kernels.toPanel(&panel)
    }
  }
}

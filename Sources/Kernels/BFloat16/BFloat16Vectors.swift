import CKernels
import Threads

/// Vectors of bfloat16 for a batch of images, as fully connected layers of such weights read them.
///
/// One image: the plain vector. More: `[ceil(images / width)][ceil(length / 2)][width][2]`, image `i` in
/// column `i % width` of its panel, 0 past an odd length.
struct BFloat16Vectors: Sendable {
  let images: Int
  let length: Int
  let width: Int
  let buffer: Buffer<UInt16>
  private let kernels: InstructionSet

  init(images: Int, length: Int, kernels: InstructionSet) {
    precondition(images > 0 && length > 0)
    self.images = images
    self.length = length
    self.kernels = kernels
    width = images == 1 ? 1 : kernels.bfloat16PanelWidth
    buffer = Buffer(count: panel_count(images, width) * bf16_panel_size(length, width))
  }

  /// Values of a panel, or of the one vector.
  var panelSize: Int { bf16_panel_size(length, width) }

  /// Writes the first `images` vectors of `vectors`, rounded.
  func round(_ vectors: FeatureVectors, images: Int, pool: WorkerPool) {
    precondition(vectors.length == length && (vectors.lanes == 1) == (width == 1))
    precondition(images <= self.images && images <= vectors.images)
    guard width > 1 else {
      // SAFETY: both hold `length` values.
      unsafe kernels.round(UnsafePointer(vectors.buffer.base), buffer.base, count: length)
      return
    }
    let panelsABlock = vectors.lanes / width
    let panels = (images + width - 1) / width
    // An even number of rows to a task.
    let rows = 512
    let parts = (length + rows - 1) / rows
    pool.run(panels * parts) { task in
      let (index, part) = task.quotientAndRemainder(dividingBy: parts)
      let (block, column) = index.quotientAndRemainder(dividingBy: panelsABlock)
      let first = part * rows
      // SAFETY: a block of vectors holds `lanes` columns, a multiple of the panel's; tasks write
      // disjoint pairs.
      var panel = unsafe bf16_panel()
      unsafe panel.values = UnsafePointer(
        vectors.buffer.base + (block * length + first) * vectors.lanes + column * width)
      unsafe panel.value_stride = vectors.lanes
      unsafe panel.length = min(rows, length - first)
      unsafe panel.panel = buffer.base + index * panelSize + first * width
      unsafe kernels.toPanel(&panel)
    }
  }
}

import CKernels
import Threads

/// Vectors of bytes for a batch of images, as 8-bit fully connected layers read them.
///
/// For one image, the memory has the vector. For several, it has panels
/// `[ceil(images / width)][length / 4][width][4]`, where image `i` is column `i % width` of panel
/// `i / width`.
@safe public struct ByteVectors {
  public let images: Int
  /// The length of each vector. It is a multiple of 4 if there are several images.
  public let length: Int
  let width: Int
  let base: UnsafeMutablePointer<UInt8>
  /// Owns the memory; nil if the caller owns it.
  private let owner: Buffer<UInt8>?
  private let kernels: InstructionSet

  public init(images: Int, length: Int, kernels: InstructionSet = .best) {
    let buffer = Buffer<UInt8>(count: Self.count(images: images, length: length, kernels))
    unsafe self.init(
      images: images, length: length, kernels: kernels, base: buffer.base, owner: buffer)
  }

  private init(
    images: Int, length: Int, kernels: InstructionSet, base: UnsafeMutablePointer<UInt8>,
    owner: Buffer<UInt8>?
  ) {
    self.images = images
    self.length = length
    self.kernels = kernels
    width = Self.width(images: images, kernels)
    unsafe self.base = base
    self.owner = owner
  }

  private static func width(images: Int, _ kernels: InstructionSet) -> Int {
    images == 1 ? 1 : kernels.bytePanelWidth
  }

  private static func count(images: Int, length: Int, _ kernels: InstructionSet) -> Int {
    precondition(images > 0 && length > 0 && (images == 1 || length % 4 == 0))
    let width = width(images: images, kernels)
    return (images + width - 1) / width * width * length
  }

  /// Calls `body` with the first `images` vectors of `vectors`, which must not be negative, in
  /// steps of `scale`; it must not keep them.
  static func withQuantized(
    _ vectors: FeatureVectors, images: Int, scale: Float, kernels: InstructionSet,
    pool: WorkerPool, _ body: (ByteVectors) -> Void
  ) {
    let count = count(images: vectors.images, length: vectors.length, kernels)
    // SAFETY: the memory is as large as the vectors, and theirs until `body` returns.
    unsafe pool.scratch.withValues(of: UInt8.self, count) { base in
      let bytes = unsafe ByteVectors(
        images: vectors.images, length: vectors.length, kernels: kernels, base: base, owner: nil)
      bytes.quantize(vectors, images: images, scale: scale, pool: pool)
      body(bytes)
    }
  }

  /// Writes one image of a map in the order channels, rows, columns.
  public func setChannelsFirst(_ map: ByteMap, imageOfMap: Int, image: Int) {
    precondition(map.channels * map.height * map.width == length)
    precondition(imageOfMap < map.images && image >= 0 && image < images)
    let area = map.height * map.width
    // SAFETY: the lengths agree, so every index lies inside both.
    let panel = unsafe base + image / width * width * length
    let column = image % width * 4
    for y in 0..<map.height {
      for x in 0..<map.width {
        let pixel = unsafe map.pixel(imageOfMap, y, x)
        var index = y * map.width + x
        for channel in 0..<map.channels {
          let place = width == 1 ? index : index / 4 * 4 * width + column + index % 4
          unsafe panel[place] = pixel[channel]
          index += area
        }
      }
    }
  }

  /// The address of value 0 of an image, and the distance from one group of four values to the
  /// next.
  @unsafe func column(_ image: Int) -> (UnsafePointer<UInt8>, groupStride: Int) {
    unsafe (
      UnsafePointer(base) + image / width * width * length + image % width * 4, 4 * width
    )
  }

  /// One image's vector.
  public func values(image: Int) -> [UInt8] {
    precondition(image >= 0 && image < images)
    // SAFETY: as in `setChannelsFirst`.
    let panel = unsafe base + image / width * width * length
    return (0..<length).map { index in
      unsafe width == 1 ? panel[index] : panel[(index / 4 * width + image % width) * 4 + index % 4]
    }
  }

  /// Writes the first `images` vectors of `vectors`, which must not be negative, in steps of
  /// `scale`.
  private func quantize(_ vectors: FeatureVectors, images: Int, scale: Float, pool: WorkerPool) {
    precondition(vectors.length == length && (vectors.lanes == 1) == (width == 1))
    guard width > 1 else {
      // SAFETY: both hold `length` values.
      var conversion = unsafe u8_conversion()
      unsafe conversion.values = UnsafePointer(vectors.base)
      unsafe conversion.bytes = base
      unsafe conversion.count = length
      unsafe conversion.scale = scale
      unsafe kernels.toBytes(&conversion)
      return
    }
    let panelsABlock = vectors.lanes / width
    unsafe pool.runUnchecked((images + width - 1) / width) { index in
      let (block, part) = index.quotientAndRemainder(dividingBy: panelsABlock)
      // SAFETY: a block of vectors holds `lanes` columns, a multiple of the panel's.
      var panel = unsafe u8_panel()
      unsafe panel.values = UnsafePointer(
        vectors.base + block * length * vectors.lanes + part * width)
      unsafe panel.value_stride = vectors.lanes
      unsafe panel.length = length
      unsafe panel.width = width
      unsafe panel.scale = scale
      unsafe panel.bytes = base + index * length * width
      unsafe kernels.toPanel(&panel)
    }
  }
}

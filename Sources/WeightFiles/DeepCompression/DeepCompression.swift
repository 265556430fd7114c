import Architecture
import Tensors

/// Reads the `.net` files of the Deep Compression demonstration (Han, Mao and Dally 2016), which
/// hold pruned and clustered weights.
///
/// A file is little-endian and has no magic number. It begins with eight `uint32` numbers: how many
/// entries each layer has. Then, for each layer, it has
///
/// - the codebook: float32, 256 values for a convolution and 16 for a fully connected layer;
/// - the biases: float32;
/// - a code for each entry, which is an index into the codebook: 8 bits for a convolution, 4 bits
///   for a fully connected layer;
/// - a gap for each entry: 4 bits.
///
/// The first of two 4-bit numbers is in the lower half of its byte. A gap is the number of
/// positions without an entry between an entry and the one before it, in row-major order. All
/// positions without an entry have the value of code 0.
public enum DeepCompression {
  /// The shape of one layer's weights, and how many bits a code has.
  public struct Layer: Sendable {
    public var name: String
    public var dimensions: [Int]
    public var codeBits: Int

    public init(name: String, dimensions: [Int], codeBits: Int) {
      self.name = name
      self.dimensions = dimensions
      self.codeBits = codeBits
    }
  }

  /// The layers of bvlc_alexnet, the only network that was published in this format.
  public static let bvlcAlexNet: [Layer] = {
    guard let rows = try? Architecture.bvlcAlexnet.summary() else {
      preconditionFailure("the layers of a published architecture fit each other")
    }
    return rows.compactMap { row in
      row.weightDimensions.map {
        Layer(
          name: row.layer.name, dimensions: $0, codeBits: row.layer.isFullyConnected ? 4 : 8)
      }
    }
  }()

  /// Whether the size of a file is the one that follows from its numbers of entries. The format has
  /// no other mark to recognise it by.
  public static func recognizes(_ storage: Storage, layers: [Layer] = bvlcAlexNet) -> Bool {
    guard let counts = try? entryCounts(storage, layers) else { return false }
    var size = 4 * layers.count
    for (layer, count) in zip(layers, counts) {
      guard count > 0, count <= UInt32.max else { return false }
      size += 4 * (1 << layer.codeBits) + 4 * layer.dimensions[0]
      size += packedSize(count, layer.codeBits) + packedSize(count, 4)
    }
    return size == storage.count
  }

  /// Reads the weights and biases as dense float32 tensors: `[out, in / groups, height, width]` for
  /// convolutions and `[out, in]` for fully connected layers.
  ///
  /// - Throws: ``WeightFileError`` if the file is too short or too long, or if an entry is outside
  ///   its layer.
  public static func read(
    _ storage: Storage, layers: [Layer] = bvlcAlexNet
  ) throws(WeightFileError) -> ModelFile {
    let counts = try entryCounts(storage, layers)
    var reader = ByteReader(storage, format: .deepCompression)
    _ = try reader.take(4 * layers.count, "its numbers of entries")
    var tensors: [NamedTensor] = []
    for (layer, count) in zip(layers, counts) {
      tensors += try read(layer, entries: count, &reader)
    }
    guard reader.remaining == 0 else {
      throw .damaged(
        .deepCompression, "\(reader.remaining) bytes at its end belong to no layer")
    }
    return ModelFile(
      weights: WeightFile(tensors: tensors),
      description: NetworkDescription(
        format: .deepCompression, variantHint: Architecture.bvlcAlexnet.name))
  }

  private static func entryCounts(
    _ storage: Storage, _ layers: [Layer]
  ) throws(WeightFileError) -> [Int] {
    var reader = ByteReader(storage, format: .deepCompression)
    var counts: [Int] = []
    for _ in layers {
      counts.append(Int(try reader.integer(UInt32.self, "its numbers of entries")))
    }
    return counts
  }

  private static func packedSize(_ count: Int, _ bits: Int) -> Int {
    bits == 8 ? count : (count + 1) / 2
  }

  private static func read(
    _ layer: Layer, entries: Int, _ reader: inout ByteReader
  ) throws(WeightFileError) -> [NamedTensor] {
    let name = layer.name
    let what = "layer \(name)"
    func floats(
      _ count: Int, _ suffix: String
    ) throws(WeightFileError) -> Tensor {
      let range = try reader.take(4 * count, what)
      return try naming("\(name).\(suffix)", in: .deepCompression) { () throws(TensorError) in
        try Tensor(.float32, Shape([count]), storage: reader.storage, range: range)
      }
    }
    let codebook = try floats(1 << layer.codeBits, "codebook")
    let bias = try floats(layer.dimensions[0], "bias")
    let codes = try reader.take(packedSize(entries, layer.codeBits), what)
    let gaps = try reader.take(packedSize(entries, 4), what)
    let sparse = SparseLayer(
      storage: reader.storage, codes: codes, gaps: gaps, entries: entries,
      codeBits: layer.codeBits)
    // These calls do not throw for any file, because the shapes come from `layers`. A small file
    // cannot ask for much memory: the size of the dense tensor depends on `layers` alone.
    let weight = try naming("\(name).weight", in: .deepCompression) { () throws(TensorError) in
      (shape: try Shape(layer.dimensions), codebook: try codebook.floats())
    }
    guard sparse.fits(weight.shape.count) else {
      throw .damaged(.deepCompression, "an entry lies outside layer \(name)")
    }
    return [
      NamedTensor(
        name: "\(name).weight",
        tensor: Tensor(filling: weight.shape) { sparse.expand(weight.codebook, into: &$0) }),
      NamedTensor(name: "\(name).bias", tensor: bias),
    ]
  }
}

/// The entries of one layer, in the file's memory.
private struct SparseLayer {
  let storage: Storage
  let codes: Range<Int>
  let gaps: Range<Int>
  let entries: Int
  let codeBits: Int

  /// Whether every entry is among the first `count` positions.
  func fits(_ count: Int) -> Bool {
    storage.withBytes(gaps) { gaps in
      var position = -1
      for entry in 0..<entries { position += Self.nibble(gaps, entry) + 1 }
      return position < count
    }
  }

  /// Writes the values of all positions. ``fits(_:)`` must have returned true for their number.
  func expand(_ codebook: [Float], into output: inout MutableSpan<Float>) {
    for index in output.indices { output[index] = codebook[0] }
    storage.withBytes(gaps) { gaps in
      storage.withBytes(codes) { codes in
        var position = -1
        for entry in 0..<entries {
          position += Self.nibble(gaps, entry) + 1
          let code = codeBits == 8 ? Int(codes[entry]) : Self.nibble(codes, entry)
          output[position] = codebook[code]
        }
      }
    }
  }

  private static func nibble(_ bytes: Span<UInt8>, _ index: Int) -> Int {
    Int(index.isMultiple(of: 2) ? bytes[index / 2] & 15 : bytes[index / 2] >> 4)
  }
}

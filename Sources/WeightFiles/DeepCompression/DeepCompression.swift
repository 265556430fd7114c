import Architecture
import Tensors

/// Reads the `.net` files of the Deep Compression demonstration (Han, Mao and Dally 2016): pruned
/// weights as gaps between entries, values as indices into a codebook a layer.
///
/// Little-endian, without a magic number: eight `uint32` numbers of entries, one a layer; then a
/// layer after the other: its codebook (float32, 256 for a convolution and 16 for a fully connected
/// layer), its biases (float32), a code an entry (8 or 4 bits) and a gap an entry (4 bits). Halves
/// of a byte are read low half first. Entry `i` lies at the sum of `gap + 1` over the entries up to
/// it, minus 1, in row-major order. Code 0 is the value of all positions without an entry.
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

  /// The layers of the one file that was published in this format, in Caffe's bvlc_alexnet layout.
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

  /// Whether a file has exactly the size that its numbers of entries ask for, which is all there is
  /// to know the format by.
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

  /// Reads the weights, written out as float32 in full: `[out, in / groups, height, width]` and
  /// `[out, in]`, and the biases.
  ///
  /// - Throws: ``WeightFileError`` where the file ends early or late, or an entry lies outside its
  ///   layer.
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
    // The shapes are our own data: these do not throw. The file has at least half a byte for each
    // entry, and the size written out is that of the layer, whatever the file says.
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

/// The entries of one layer, where they lie in the file.
private struct SparseLayer {
  let storage: Storage
  let codes: Range<Int>
  let gaps: Range<Int>
  let entries: Int
  let codeBits: Int

  /// Whether every entry lies among `count` positions.
  func fits(_ count: Int) -> Bool {
    storage.withBytes(gaps) { gaps in
      var position = -1
      for entry in 0..<entries { position += Self.nibble(gaps, entry) + 1 }
      return position < count
    }
  }

  /// Writes all values; the entries must ``fits(_:)``.
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

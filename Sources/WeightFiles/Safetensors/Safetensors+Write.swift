import JSON
import Tensors

extension Safetensors {
  /// Writes `file` in several pieces, from front to back.
  ///
  /// The header is padded with spaces so that the data starts at a multiple of ``dataAlignment``.
  /// The tensors whose sizes are multiples of it come first, so that they are all aligned to it.
  /// The others follow, those with large elements before those with small ones, so that each is
  /// aligned to the size of its elements.
  ///
  /// - Throws: what `write` throws.
  public static func write<Failure: Error>(
    _ file: WeightFile, to write: (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    let tensors = file.tensors.enumerated().sorted {
      let (left, right) = (rank($0.element.tensor), rank($1.element.tensor))
      return left == right ? $0.offset < $1.offset : left < right
    }.map(\.element)
    let entries = tensors.map {
      HeaderEntry($0.name, $0.tensor.elementType, $0.tensor.shape.dimensions)
    }
    try write(header(entries, metadata: file.metadata).span)
    for named in tensors { try named.tensor.withBytes(write) }
  }

  /// The bytes of `file` in memory; see ``write(_:to:)``.
  public static func bytes(of file: WeightFile) -> [UInt8] {
    var bytes: [UInt8] = []
    write(file) { (part: Span<UInt8>) in
      bytes.reserveCapacity(bytes.count + part.count)
      for index in part.indices { bytes.append(part[index]) }
    }
    return bytes
  }

  /// The key by which tensors are sorted: see ``write(_:to:)``.
  private static func rank(_ tensor: Tensor) -> Int {
    tensor.range.count % dataAlignment == 0 ? 0 : 16 - tensor.elementType.size
  }

  /// A tensor as the header of a file describes it.
  public struct HeaderEntry {
    public let name: String
    public let type: ElementType
    public let dimensions: [Int]

    public init(_ name: String, _ type: ElementType, _ dimensions: [Int]) {
      self.name = name
      self.type = type
      self.dimensions = dimensions
    }

    fileprivate var byteCount: Int { dimensions.reduce(type.size, *) }
  }

  /// Everything that a file has before the values of its tensors, which must follow in this order
  /// without a gap.
  ///
  /// - Parameter minimumLength: the least bytes of the whole, a multiple of ``dataAlignment``: so
  ///   that a header whose shapes are not known yet can be replaced by a longer one.
  public static func header(
    _ tensors: [HeaderEntry], metadata: [String: String], minimumLength: Int = 0
  ) -> [UInt8] {
    var members: [JSONValue.Member] = []
    if !metadata.isEmpty {
      let entries = metadata.sorted { $0.key < $1.key }
      members.append(
        JSONValue.Member(
          metadataName, .object(entries.map { JSONValue.Member($0.key, .string($0.value)) })))
    }
    var offset = 0
    for named in tensors {
      let end = offset + named.byteCount
      members.append(
        JSONValue.Member(
          named.name,
          .object([
            .init("dtype", .string(named.type.rawValue)),
            .init("shape", .array(named.dimensions.map(JSONValue.integer))),
            .init("data_offsets", .array([.integer(offset), .integer(end)])),
          ])))
      offset = end
    }
    var json = Array(JSONValue.object(members).text.utf8)
    let length = max(minimumLength, 8 + json.count)
    let padding = length - 8 - json.count + (-length & (dataAlignment - 1))
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
  }
}

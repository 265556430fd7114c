import JSON
import Tensors

extension Safetensors {
  /// Reads a file. The tensors are views of `storage`.
  ///
  /// - Throws: ``WeightFileError`` if the header is longer than ``maxHeaderLength`` or than the
  ///   file, if it is not a JSON object, if the shape and type of a tensor do not fit its bytes, or
  ///   if some bytes belong to two tensors or to none.
  public static func read(_ storage: Storage) throws(WeightFileError) -> WeightFile {
    guard storage.count >= 8 else {
      throw .truncated(.safetensors, what: "the length of its header")
    }
    let length = storage.withBytes(0..<8) { headerLength($0) }
    guard length <= maxHeaderLength else {
      throw .damaged(.safetensors, "its header claims \(length) bytes")
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= storage.count else {
      throw .truncated(.safetensors, what: "its header of \(length) bytes")
    }
    let members = try headerMembers(storage, 8..<dataStart)

    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    for member in members {
      if member.name == metadataName {
        metadata = try parseMetadata(member.value)
      } else {
        try TensorLimits.check(member.name, after: entries.count, in: .safetensors)
        entries.append(try Entry(member))
      }
    }
    entries.sort {
      ($0.offsets.lowerBound, $0.offsets.upperBound)
        < ($1.offsets.lowerBound, $1.offsets.upperBound)
    }
    try checkCoverage(entries, dataCount: storage.count - dataStart)

    var file = WeightFile(tensors: [], metadata: metadata)
    file.tensors.reserveCapacity(entries.count)
    for entry in entries {
      file.tensors.append(try entry.tensor(in: storage, dataStart: dataStart))
    }
    return file
  }

  private static func headerMembers(
    _ storage: Storage, _ range: Range<Int>
  ) throws(WeightFileError) -> [JSONValue.Member] {
    let header: JSONValue
    do {
      header = try storage.withBytes(range) { (bytes) throws(JSONError) in
        try JSONValue.parse(bytes, maxValues: TensorLimits.headerValues)
      }
    } catch {
      throw .damaged(.safetensors, "its header cannot be read: \(error)")
    }
    guard case .object(let members) = header else {
      throw .damaged(.safetensors, "its header is not a JSON object")
    }
    return members
  }

  private static func parseMetadata(
    _ value: JSONValue
  ) throws(WeightFileError) -> [String: String] {
    guard case .object(let members) = value else {
      throw .damaged(.safetensors, "its metadata is not a JSON object")
    }
    var metadata: [String: String] = [:]
    for member in members {
      guard let text = member.value.string else {
        throw .damaged(.safetensors, "its metadata entry \(member.name) is no string")
      }
      metadata[member.name] = text
    }
    return metadata
  }

  /// Checks that the entries, in order, cover the data without gap or overlap to its last byte.
  private static func checkCoverage(
    _ entries: [Entry], dataCount: Int
  ) throws(WeightFileError) {
    var end = 0
    for entry in entries {
      guard entry.offsets.lowerBound == end else {
        throw .damaged(
          .safetensors,
          "tensor \(entry.name) starts at \(entry.offsets.lowerBound), not at \(end) where the one"
            + " before it ends")
      }
      end = entry.offsets.upperBound
    }
    guard end <= dataCount else {
      throw .truncated(
        .safetensors, what: "its values: \(end) bytes are needed, but there are \(dataCount)")
    }
    guard end == dataCount else {
      throw .damaged(.safetensors, "\(dataCount - end) bytes at its end belong to no tensor")
    }
  }
}

/// One tensor as the header describes it.
private struct Entry {
  let name: String
  let type: ElementType
  let dimensions: [Int]
  /// The range of the values, counted from the end of the header.
  let offsets: Range<Int>

  init(_ member: JSONValue.Member) throws(WeightFileError) {
    name = member.name
    func damaged(_ detail: String) -> WeightFileError {
      .damaged(.safetensors, "tensor \(member.name) \(detail)")
    }
    guard case .object(let fields) = member.value, fields.count == 3,
      let typeName = member.value["dtype"]?.string
    else { throw damaged("is not described by dtype, shape and data_offsets") }
    guard let type = ElementType(rawValue: typeName) else {
      throw .unsupported(.safetensors, "tensor \(name) has values of type \(typeName)")
    }
    guard let dimensions = member.value["shape"]?.integers else {
      throw damaged("has a shape that is no list of whole numbers")
    }
    guard let offsets = member.value["data_offsets"]?.integers, offsets.count == 2,
      0 <= offsets[0], offsets[0] <= offsets[1]
    else { throw damaged("has data_offsets that are no range") }
    self.type = type
    self.dimensions = dimensions
    self.offsets = offsets[0]..<offsets[1]
  }

  /// The tensor itself; the offsets must lie inside the storage.
  func tensor(in storage: Storage, dataStart: Int) throws(WeightFileError) -> NamedTensor {
    do {
      let range = offsets.lowerBound + dataStart..<offsets.upperBound + dataStart
      return NamedTensor(
        name: name, tensor: try Tensor(type, Shape(dimensions), storage: storage, range: range))
    } catch {
      throw .tensor(.safetensors, name: name, error)
    }
  }
}

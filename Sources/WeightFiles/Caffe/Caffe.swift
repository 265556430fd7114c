internal import SwiftProtobuf
import Tensors

/// Reads Caffe's `.caffemodel` files, which hold a NetParameter message.
///
/// Both generations of layer messages are read: `layers` (V1LayerParameter) and `layer`
/// (LayerParameter). Blobs may have a BlobShape, or num, channels, height and width. Values may be
/// float or double. Source of the format: `src/caffe/proto/caffe.proto` of BVLC/caffe.
public enum Caffe {
  /// Reads a `.caffemodel`. Float weights are views of `storage`.
  ///
  /// Convolutions and inner products are named by their places in the file (``GraphNames``).
  /// Weights are `[out, in / groups, height, width]` and `[out, in]`.
  ///
  /// - Throws: ``WeightFileError`` for bytes that are not such a message, and for a blob whose
  ///   number of values does not fit its shape.
  public static func read(_ storage: Storage) throws(WeightFileError) -> ModelFile {
    var lifter = PayloadLifter(storage, format: .caffe)
    let bytes = try lifter.lift(netSchema)
    let net: CaffeNetParameter = try decode(bytes)
    var layers = net.layer.map(CaffeLayer.init)
    // A file that has both kinds of messages describes the same layers twice. Caffe uses the new
    // messages too.
    if layers.isEmpty { layers = net.layers.map(CaffeLayer.init) }
    guard !layers.isEmpty else { throw .damaged(.caffe, "it has no layers") }
    return try CaffeModel(net, layers, lifter).file()
  }

  private static func decode<M: Message>(_ bytes: [UInt8]) throws(WeightFileError) -> M {
    do {
      return try M(serializedBytes: bytes)
    } catch {
      throw .damaged(.caffe, "its messages cannot be read (\(error))")
    }
  }

  private static let blobSchema = ProtobufSchema(
    kept: [1, 2, 3, 4], messages: [7: ProtobufSchema(kept: [1])], payloads: [5, 8])

  private static let parameterSchema = ProtobufSchema(kept: Array(1...18))

  private static let netSchema = ProtobufSchema(
    kept: [1, 3, 4],
    messages: [
      2: ProtobufSchema(
        kept: [4, 5],
        messages: [
          6: blobSchema, 10: parameterSchema, 17: parameterSchema, 18: parameterSchema,
          19: parameterSchema, 36: parameterSchema,
        ]),
      8: ProtobufSchema(kept: [1]),
      100: ProtobufSchema(
        kept: [1, 2],
        messages: [
          7: blobSchema, 100: parameterSchema, 106: parameterSchema, 117: parameterSchema,
          118: parameterSchema, 121: parameterSchema,
          143: ProtobufSchema(messages: [1: ProtobufSchema(kept: [1])]),
        ]),
    ])
}

extension PayloadLifter {
  /// A blob as a tensor with the shape that the blob gives.
  func tensor(_ name: String, _ blob: CaffeBlobProto) throws(WeightFileError) -> Tensor {
    let dimensions = blob.dimensions
    guard dimensions.count <= TensorLimits.dimensions else {
      throw .damaged(.caffe, "tensor \(name) has \(dimensions.count) dimensions")
    }
    let shape = try naming(name, in: .caffe) { () throws(TensorError) in
      try Shape(dimensions.map { Int($0) })
    }
    guard shape.count > 0 else {
      throw .damaged(.caffe, "tensor \(name) has the empty shape \(shape)")
    }
    if blob.hasDataPayload {
      return try tensor(name, blob.dataPayload, .float32, shape)
    }
    guard blob.hasDoubleDataPayload else {
      throw .damaged(.caffe, "tensor \(name) has no values")
    }
    return try tensor(name, blob.doubleDataPayload, .float64, shape)
  }
}

internal import SwiftProtobuf
import Tensors

/// Reads `.onnx` models whose graph is a chain of layers, from opset 3 to the current one. Weights
/// are floating-point numbers or quantised, in QDQ form or with quantised operators. Quantised
/// weights are dequantised when they are first read.
///
/// Sources of the format: `onnx/onnx.proto` and `docs/Operators.md` of onnx/onnx; for the operators
/// of the domain `com.microsoft`, `docs/ContribOperators.md` of microsoft/onnxruntime.
public enum ONNX {
  /// Reads a model's layers and weights. Floating-point weights that need no transposition are
  /// views of `storage` or of a file with external data.
  ///
  /// Convolutions and fully connected layers are named by their places in the graph
  /// (``GraphNames``). Weights are `[out, in / groups, height, width]` and `[out, in]`. A layer
  /// that no architecture has becomes ``LayerDescription/other(_:)``, so that the check against an
  /// architecture can name it.
  ///
  /// - Parameter externalData: Returns the content of a file in the folder of the model, given a
  ///   relative name without `..`. If it is nil, models with weights in other files are refused.
  /// - Throws: ``WeightFileError`` for bytes that are not an ONNX model, for tensors whose values
  ///   do not fit their shapes, and for graphs with several inputs.
  public static func read(
    _ storage: Storage, externalData: ExternalData? = nil
  ) throws(WeightFileError) -> ModelFile {
    var lifter = PayloadLifter(storage, format: .onnx)
    let bytes = try lifter.lift(modelSchema)
    let model: OnnxModelProto
    do {
      model = try OnnxModelProto(serializedBytes: bytes)
    } catch {
      throw .damaged(.onnx, "its messages cannot be read (\(error))")
    }
    guard model.hasGraph, !model.graph.node.isEmpty else {
      throw .damaged(.onnx, "it has no graph")
    }
    let constants = OnnxConstants(
      model.graph, lifter, OnnxExternalFiles(read: externalData))
    var walk = try OnnxWalk(model.graph, constants)
    for node in model.graph.node { try walk.visit(node) }
    return try walk.file(name: model.graph.name.isEmpty ? nil : model.graph.name)
  }

  private static let tensorSchema = ProtobufSchema(
    kept: [1, 2, 8, 14], messages: [13: ProtobufSchema(kept: [1, 2])], payloads: [4, 5, 7, 9, 10])

  private static let valueSchema = ProtobufSchema(
    kept: [1],
    messages: [
      2: ProtobufSchema(messages: [
        1: ProtobufSchema(
          kept: [1],
          messages: [2: ProtobufSchema(messages: [1: ProtobufSchema(kept: [1, 2])])])
      ])
    ])

  private static let nodeSchema = ProtobufSchema(
    kept: [1, 2, 3, 4, 7],
    messages: [5: ProtobufSchema(kept: [1, 2, 3, 4, 7, 8], messages: [5: tensorSchema])])

  private static let modelSchema = ProtobufSchema(
    kept: [1, 2],
    messages: [
      7: ProtobufSchema(
        kept: [2], messages: [1: nodeSchema, 5: tensorSchema, 11: valueSchema, 12: valueSchema]),
      8: ProtobufSchema(kept: [1, 2]),
    ])
}

/// The file formats that weights come in, named as their users name them.
public enum WeightFileFormat: String, Sendable, CaseIterable {
  case safetensors = "safetensors"
  case caffe = "Caffe"
  case onnx = "ONNX"
  case torch = "PyTorch"
  case numpy = "NumPy"
  case deepCompression = "Deep Compression"
}

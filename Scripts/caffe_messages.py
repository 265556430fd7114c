"""Caffe's messages for Python's protobuf, made without protoc: names and numbers as in Caffe's own
definition (src/caffe/proto/caffe.proto of BVLC/caffe)."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

F = descriptor_pb2.FieldDescriptorProto
ONE, MANY = F.LABEL_OPTIONAL, F.LABEL_REPEATED

# name: [(field, number, label, type or message, packed)]
MESSAGES = {
    "BlobShape": [("dim", 1, MANY, F.TYPE_INT64, True)],
    "BlobProto": [
        ("num", 1, ONE, F.TYPE_INT32, False), ("channels", 2, ONE, F.TYPE_INT32, False),
        ("height", 3, ONE, F.TYPE_INT32, False), ("width", 4, ONE, F.TYPE_INT32, False),
        ("data", 5, MANY, F.TYPE_FLOAT, True), ("diff", 6, MANY, F.TYPE_FLOAT, True),
        ("shape", 7, ONE, "BlobShape", False), ("double_data", 8, MANY, F.TYPE_DOUBLE, True),
    ],
    "TransformationParameter": [
        ("scale", 1, ONE, F.TYPE_FLOAT, False), ("mirror", 2, ONE, F.TYPE_BOOL, False),
        ("crop_size", 3, ONE, F.TYPE_UINT32, False), ("mean_value", 5, MANY, F.TYPE_FLOAT, False),
    ],
    "ConvolutionParameter": [
        ("num_output", 1, ONE, F.TYPE_UINT32, False), ("pad", 3, MANY, F.TYPE_UINT32, False),
        ("kernel_size", 4, MANY, F.TYPE_UINT32, False), ("group", 5, ONE, F.TYPE_UINT32, False),
        ("stride", 6, MANY, F.TYPE_UINT32, False),
    ],
    "InnerProductParameter": [("num_output", 1, ONE, F.TYPE_UINT32, False)],
    "LRNParameter": [
        ("local_size", 1, ONE, F.TYPE_UINT32, False), ("alpha", 2, ONE, F.TYPE_FLOAT, False),
        ("beta", 3, ONE, F.TYPE_FLOAT, False),
    ],
    "PoolingParameter": [
        ("pool", 1, ONE, F.TYPE_INT32, False), ("kernel_size", 2, ONE, F.TYPE_UINT32, False),
        ("stride", 3, ONE, F.TYPE_UINT32, False),
    ],
    "DropoutParameter": [("dropout_ratio", 1, ONE, F.TYPE_FLOAT, False)],
    "InputParameter": [("shape", 1, MANY, "BlobShape", False)],
    "LayerParameter": [
        ("name", 1, ONE, F.TYPE_STRING, False), ("type", 2, ONE, F.TYPE_STRING, False),
        ("bottom", 3, MANY, F.TYPE_STRING, False), ("top", 4, MANY, F.TYPE_STRING, False),
        ("phase", 10, ONE, F.TYPE_INT32, False), ("blobs", 7, MANY, "BlobProto", False),
        ("transform_param", 100, ONE, "TransformationParameter", False),
        ("convolution_param", 106, ONE, "ConvolutionParameter", False),
        ("dropout_param", 108, ONE, "DropoutParameter", False),
        ("inner_product_param", 117, ONE, "InnerProductParameter", False),
        ("lrn_param", 118, ONE, "LRNParameter", False),
        ("pooling_param", 121, ONE, "PoolingParameter", False),
        ("input_param", 143, ONE, "InputParameter", False),
    ],
    "V1LayerParameter": [
        ("bottom", 2, MANY, F.TYPE_STRING, False), ("top", 3, MANY, F.TYPE_STRING, False),
        ("name", 4, ONE, F.TYPE_STRING, False), ("type", 5, ONE, F.TYPE_INT32, False),
        ("blobs", 6, MANY, "BlobProto", False),
        ("convolution_param", 10, ONE, "ConvolutionParameter", False),
        ("dropout_param", 12, ONE, "DropoutParameter", False),
        ("inner_product_param", 17, ONE, "InnerProductParameter", False),
        ("lrn_param", 18, ONE, "LRNParameter", False),
        ("pooling_param", 19, ONE, "PoolingParameter", False),
    ],
    "NetParameter": [
        ("name", 1, ONE, F.TYPE_STRING, False), ("layers", 2, MANY, "V1LayerParameter", False),
        ("input", 3, MANY, F.TYPE_STRING, False), ("input_dim", 4, MANY, F.TYPE_INT32, False),
        ("layer", 100, MANY, "LayerParameter", False),
    ],
}

# LayerParameter.type for each V1LayerParameter.LayerType that is written here.
V1_TYPES = {
    "Convolution": 4, "Dropout": 6, "InnerProduct": 14, "LRN": 15, "Pooling": 17, "ReLU": 18,
    "Softmax": 20,
}


def _messages():
    file = descriptor_pb2.FileDescriptorProto(
        name="caffe_messages.proto", package="caffe", syntax="proto2")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, label, kind, packed in fields:
            entry = message.field.add(name=field, number=number, label=label)
            if isinstance(kind, str):
                entry.type, entry.type_name = F.TYPE_MESSAGE, ".caffe." + kind
            else:
                entry.type = kind
            if packed:
                entry.options.packed = True
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName("caffe." + name))
        for name in MESSAGES
    }


messages = _messages()


def fill(blob, array, form="shape"):
    """Puts an array's values into a BlobProto: form shape, legacy (num, channels, height, width)
    or double."""
    if form == "legacy":
        dims = (1,) * (4 - array.ndim) + array.shape
        blob.num, blob.channels, blob.height, blob.width = dims
    else:
        blob.shape.dim.extend(array.shape)
    (blob.double_data if form == "double" else blob.data).extend(array.ravel().tolist())


def network(name, layers, size, form="shape", v1=False):
    """A NetParameter. `layers`: (type, name, parameters as a dict, [arrays]) in their order."""
    net = messages["NetParameter"](name=name)
    if v1:
        net.input.append("data")
        net.input_dim.extend([1, 3, size, size])
    else:
        layer = net.layer.add(name="data", type="Input", top=["data"])
        layer.input_param.shape.add(dim=[1, 3, size, size])
    blob = "data"
    for kind, layer_name, parameters, arrays in layers:
        in_place = kind in ("ReLU", "Dropout")
        top = blob if in_place else layer_name
        layer = (net.layers if v1 else net.layer).add(name=layer_name, bottom=[blob], top=[top])
        layer.type = V1_TYPES[kind] if v1 else kind
        field = {
            "Convolution": "convolution_param", "InnerProduct": "inner_product_param",
            "LRN": "lrn_param", "Pooling": "pooling_param", "Dropout": "dropout_param",
        }.get(kind)
        if field:
            target = getattr(layer, field)
            target.SetInParent()
            for key, value in parameters.items():
                if isinstance(value, list):
                    getattr(target, key).extend(value)
                else:
                    setattr(target, key, value)
        for array in arrays:
            fill(layer.blobs.add(), array, form)
        blob = top
    return net


def prototxt(net):
    """The network without its weights, as text."""
    from google.protobuf import text_format

    bare = type(net)()
    bare.CopyFrom(net)
    for layer in list(bare.layer) + list(bare.layers):
        del layer.blobs[:]
    return text_format.MessageToString(bare)
